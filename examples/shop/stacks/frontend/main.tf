variable "name" {
  type = string
}

variable "origin" {
  type = string
}

variable "policy" {
  type = string
}

variable "theme" {
  type = string

  validation {
    condition     = contains(["light", "dark"], var.theme)
    error_message = "The theme must be light or dark."
  }
}

module "service" {
  source   = "../../modules/service"
  name     = var.name
  settings = { origin = var.origin, policy = var.policy, theme = var.theme }
}

output "url" {
  value = module.service.url
}
