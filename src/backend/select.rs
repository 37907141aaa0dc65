//! Chooses a backend and says why.
