variable "vpc_id" {
  type = string
}

variable "subnets" {
  type = list(object({ id = string, zone = string }))

  validation {
    condition     = length(distinct(var.subnets[*].zone)) >= 2
    error_message = "The functions must lie in two zones."
  }
}

variable "table" {
  type = string
}

variable "table_arn" {
  type = string
}

variable "package" {
  type = string
}

variable "memory" {
  type = number
}

variable "log_days" {
  type = number
}

locals {
  functions = toset(["get", "put"])
}

# It reads what an input names, so it waits for that input to be known.
data "aws_vpc" "network" {
  id = var.vpc_id
}

resource "aws_security_group" "functions" {
  name        = "${var.name}-functions"
  description = "Functions of the shop"
  vpc_id      = var.vpc_id

  egress {
    description = "To the network, and to what it has endpoints for"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [data.aws_vpc.network.cidr_block]
  }
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "functions" {
  statement {
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [var.table_arn]
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in aws_cloudwatch_log_group.function : "${group.arn}:*"]
  }

  # What a function in a network needs.
  statement {
    actions   = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "functions" {
  name               = "${var.name}-functions"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "functions" {
  name   = "functions"
  role   = aws_iam_role.functions.id
  policy = data.aws_iam_policy_document.functions.json
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = local.functions
  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_days
}

resource "aws_s3_bucket" "packages" {
  bucket_prefix = "${var.name}-packages-"
  force_destroy = true
}

resource "aws_s3_object" "package" {
  bucket         = aws_s3_bucket.packages.id
  key            = "functions-${sha256(var.package)}.zip"
  content_base64 = var.package
}

resource "aws_lambda_function" "function" {
  for_each      = local.functions
  function_name = "${var.name}-${each.key}"
  role          = aws_iam_role.functions.arn
  runtime       = "python3.13"
  handler       = "${each.key}.handler"
  s3_bucket     = aws_s3_object.package.bucket
  s3_key        = aws_s3_object.package.key
  memory_size   = var.memory

  environment {
    variables = { TABLE = var.table }
  }

  vpc_config {
    subnet_ids         = var.subnets[*].id
    security_group_ids = [aws_security_group.functions.id]
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.functions]
}

# What is called, by what it is for.
output "functions" {
  value = { for key, function in aws_lambda_function.function : key => function.function_name }
}

output "log_groups" {
  value = { for key, group in aws_cloudwatch_log_group.function : key => group.name }
}
