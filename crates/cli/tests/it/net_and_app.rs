//! Two Terraform stacks that several tests deploy: `app` reads what the other one provides, which has a
//! secret too.

pub const SEAM: &str = "system: shop\nenvironments: {dev: {}}\ndefaults:\n  tool: terraform\n";
pub const APPLY: [&str; 4] = ["apply", "-e", "dev", "--yes"];
pub const NET: &str = r#"
resource "terraform_data" "vpc" { input = "vpc" }
output "vpc_id" { value = terraform_data.vpc.id }
output "token" {
  value     = "a-long-secret-token"
  sensitive = true
}
"#;
pub const APP: &str =
    "variable \"vpc_id\" {\n  type = string\n}\nresource \"terraform_data\" \"it\" { input = var.vpc_id }\n";
