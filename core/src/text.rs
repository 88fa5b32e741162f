//! What a passenger reads, and how what they type is compared.
