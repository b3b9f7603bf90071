variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "cidr" {
  type = string

  validation {
    condition     = can(cidrsubnet(var.cidr, 8, 255))
    error_message = "The network must have room for 256 subnets."
  }
}

variable "zones" {
  type = list(string)
}

resource "terraform_data" "vpc" {
  input = { name = var.name, cidr = var.cidr }
}

resource "terraform_data" "subnet" {
  for_each = { for index, zone in var.zones : zone => cidrsubnet(var.cidr, 8, index) }
  input    = { vpc = terraform_data.vpc.id, zone = "${var.region}${each.key}", cidr = each.value }
}

# Known only once the network is there.
output "vpc_id" {
  value = "vpc-${substr(terraform_data.vpc.id, 0, 8)}"
}

# Known in part from the start: a subnet's zone, and not its id.
output "subnets" {
  value = [
    for zone in var.zones : {
      id   = "subnet-${substr(terraform_data.subnet[zone].id, 0, 8)}"
      zone = "${var.region}${zone}"
    }
  ]
}
