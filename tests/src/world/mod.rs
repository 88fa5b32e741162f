//! The world around a phone: a street with buses, a sample city, a clock in the hand.

pub mod camera;
