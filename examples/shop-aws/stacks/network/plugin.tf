terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "name" {
  type = string
}

variable "account" {
  type = string
}

variable "region" {
  type = string
}

# Who one is comes from the environment's AWS_PROFILE. Another account than the environment's is refused.
provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account]

  default_tags {
    tags = { system = var.name, stack = "network" }
  }
}
