variable "recovery" {
  type = bool
}

resource "aws_dynamodb_table" "orders" {
  name         = "${var.name}-orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = var.recovery
  }
}

# Known from the start.
output "table" {
  value = aws_dynamodb_table.orders.name
}

# Known only once the table is there.
output "arn" {
  value = aws_dynamodb_table.orders.arn
}
