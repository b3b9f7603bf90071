variable "name" {
  type = string
}

variable "api_url" {
  type = string

  validation {
    condition     = startswith(var.api_url, "https://")
    error_message = "The API must be reached over https."
  }
}

variable "release" {
  type = string
}

variable "replicas" {
  type = number
}

module "service" {
  source   = "../../modules/service"
  name     = var.name
  settings = { api = var.api_url, release = var.release, replicas = var.replicas }
}

output "url" {
  value = module.service.url
}
