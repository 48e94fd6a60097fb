//! The port by itself, to a client that knows nothing but the codec.
