#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""validate.py SCHEMA <TEXT: one JSON value and nothing else, as the schema wants it."""

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(json.load(sys.stdin), schema, jsonschema.Draft7Validator)
