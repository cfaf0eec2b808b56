//! The whole stack on a real Docker Engine.
