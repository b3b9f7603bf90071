variable "services" {
  type = map(string)
}

# The keys are known before any service is there, so this can be planned although the urls cannot.
resource "terraform_data" "alarm" {
  for_each = var.services
  input    = { service = each.key, url = each.value }
}

output "alarms" {
  value = { for service, alarm in terraform_data.alarm : service => alarm.id }
}
