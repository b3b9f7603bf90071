variable "table" {
  type = string
}

variable "stream" {
  type = string
}

variable "connection" {
  type      = string
  sensitive = true
}

variable "functions" {
  type = list(string)
}

variable "memory" {
  type = number

  validation {
    condition     = var.memory >= 128
    error_message = "A function needs 128 MB."
  }
}

variable "release" {
  type = string
}

resource "terraform_data" "function" {
  for_each = toset(var.functions)
  input    = { table = var.table, memory = var.memory, release = var.release }
}

resource "terraform_data" "gateway" {
  input = { routes = var.functions, connection = sha256(var.connection) }
}

# Whether there is one depends on a value that nobody knows before the database is applied. Terraform
# cannot plan that, so Seam puts this part off and says where.
resource "terraform_data" "listener" {
  count = var.stream == "" ? 0 : 1
  input = { stream = var.stream }
}

output "url" {
  value = "https://${substr(terraform_data.gateway.id, 0, 8)}.api.example"
}

output "release" {
  value = var.release
}
