//! What QA runs: a sandbox operator, the world around a phone, and the terminal `jol`.

pub mod city;
pub mod detect;
pub mod inspect;
pub mod picture;
pub mod plan;
pub mod ride;
pub mod sandbox;
pub mod scan;
pub mod story;
pub mod world;
