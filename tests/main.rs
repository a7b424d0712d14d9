//! One journey a file.
