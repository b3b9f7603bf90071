//! Read and rewrite Terraform code, byte-exact.
