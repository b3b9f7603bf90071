variable "cidr" {
  type = string

  validation {
    condition     = can(cidrsubnet(var.cidr, 8, 255))
    error_message = "The network must have room for 256 subnets."
  }
}

variable "zones" {
  type = number
}

data "aws_availability_zones" "available" {
  state = "available"
}

locals {
  zones = slice(data.aws_availability_zones.available.names, 0, var.zones)
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_subnet" "private" {
  for_each          = { for index, zone in local.zones : zone => cidrsubnet(var.cidr, 8, index) }
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value
  tags              = { Name = "${var.name}-${each.key}", tier = "private" }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.name }
}

resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private.id
}

# The table is reached without leaving the network.
resource "aws_vpc_endpoint" "dynamodb" {
  vpc_id          = aws_vpc.this.id
  service_name    = "com.amazonaws.${var.region}.dynamodb"
  route_table_ids = [aws_route_table.private.id]
}

# Known only once the network is there.
output "vpc_id" {
  value = aws_vpc.this.id
}

# Known in part from the start: a subnet's zone, and not its id.
output "subnets" {
  value = [for zone in local.zones : { id = aws_subnet.private[zone].id, zone = zone }]
}
