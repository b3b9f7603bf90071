variable "name" {
  type = string
}

variable "vpc_id" {
  type = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The network's id must start with vpc-."
  }
}

variable "subnets" {
  type = list(object({ id = string, zone = string }))

  validation {
    condition     = length(distinct(var.subnets[*].zone)) >= 2
    error_message = "The database must lie in two zones."
  }
}

variable "first_zone" {
  type = string
}

variable "password" {
  type      = string
  sensitive = true
}

resource "terraform_data" "table" {
  input            = { name = var.name, subnets = var.subnets[*].id, writer = var.first_zone }
  triggers_replace = var.vpc_id
}

output "table_name" {
  value = var.name
}

# The former name of `table_name`. It goes once nobody reads it: `seam uses database.table`.
output "table" {
  value = var.name
}

# Changes of rows; known only once the table is there.
output "stream" {
  value = "stream-${substr(terraform_data.table.id, 0, 8)}"
}

output "connection" {
  value     = "postgres://shop:${var.password}@${terraform_data.table.id}/orders"
  sensitive = true
}
