"""Takes an order."""

import json
import os

import boto3


def handler(event, _context):
    order = json.loads(event["body"])
    boto3.resource("dynamodb").Table(os.environ["TABLE"]).put_item(Item=order)
    return {"statusCode": 201, "body": json.dumps({"id": order["id"]})}
