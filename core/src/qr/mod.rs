//! Codes: drawing one, finding and reading one in a camera frame, saying what it means.
