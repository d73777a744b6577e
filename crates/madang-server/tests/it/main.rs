//! The server through its real router.

mod openapi;
