variable "name" {
  type = string
}

variable "settings" {
  type = any
}

resource "terraform_data" "service" {
  input = var.settings
}

output "url" {
  value = "https://${var.name}-${substr(terraform_data.service.id, 0, 8)}.example"
}
