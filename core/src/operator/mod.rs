//! Calls to the operator, and the link that carries them.
