//! Nothing at all: cargo wants a target in a package.
