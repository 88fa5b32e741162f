//! Tickets: what the operator signs, what the phone shows, what an inspector believes.
