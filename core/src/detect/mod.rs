//! Which bus am I on?
