"""`template.yaml` as CloudFormation gets it: transformed offline by AWS's own translator, and evaluated with its defaults."""

import os
import re
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

from samtranslator.translator.transform import transform  # noqa: E402 (it asks for the region when it is loaded)
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
PSEUDO = {
    "AWS::AccountId": "000000000000",
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "smart",
    "AWS::URLSuffix": "amazonaws.com",
}
# What every deployment answers itself; the rest has defaults.
ANSWERS = {"Stage": "test", "FhirBaseUrl": "https://fhir.example.org/r4", "SignInMode": "upstream", "AlarmEmail": ""}


class NoManagedPolicies:
    """The translator asks AWS for the list of managed policies; the one that our functions get is enough."""

    def load(self):
        name = "AWSLambdaBasicExecutionRole"
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}"}


def source():
    """The template as it is written, with functions called by their short names turned into `Fn::`."""
    return yaml_parse(TEMPLATE.read_text(encoding="utf-8"))


def transformed(template=None):
    """The template without `AWS::Serverless`. Where the code lies is made up: `sam deploy` would upload it."""
    template = template or source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": "bucket", "Key": "key"}
    template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    return transform(template, given(template), NoManagedPolicies())


def given(template):
    """The value of every parameter. One without a default that is not among the four questions is an error."""
    return {name: one.get("Default", ANSWERS.get(name, None)) for name, one in template["Parameters"].items()}


class Evaluation:
    """Conditions and intrinsic functions, with values for parameters and the names that resources have been given."""

    def __init__(self, template):
        self.template = template
        self.made = {}
        self.parameters = given(template)

    def made_as(self, logical_id, reference, **attributes):
        """Remembers what `Ref` and `Fn::GetAtt` give for a resource."""
        self.made[logical_id] = (reference, attributes)

    def exists(self, resource):
        """Whether a resource is made: its condition holds, or it has none."""
        return "Condition" not in resource or self.holds({"Condition": resource["Condition"]})

    def value(self, node):
        """A part of the template with every function in it replaced by what it gives."""
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not None]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self.call(name, argument)
        return {name: value for name, value in ((n, self.value(v)) for n, v in node.items()) if value is not None}

    def call(self, name, argument):
        match name:
            case "Ref":
                return self.reference(argument)
            case "Fn::GetAtt":
                parts = argument.split(".", 1) if isinstance(argument, str) else argument
                return self.attribute(*parts)
            case "Fn::If":
                condition, then, otherwise = argument
                return self.value(then if self.holds({"Condition": condition}) else otherwise)
            case "Fn::Join":
                return argument[0].join(map(str, self.value(argument[1])))
            case "Fn::Sub":
                return self.substituted(argument)
        raise ValueError(f"the function {name} is not known here")

    def reference(self, name):
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            value = self.parameters[name]
            kind = self.template["Parameters"][name]["Type"]
            return str(value).split(",") if kind == "CommaDelimitedList" else value
        return self.made[name][0]

    def attribute(self, logical_id, name):
        return self.made[logical_id][1][name]

    def substituted(self, argument):
        text, names = argument if isinstance(argument, list) else (argument, {})

        def one(match):
            name = match[1]
            if name in names:
                return str(self.value(names[name]))
            return str(self.attribute(*name.split(".", 1)) if "." in name else self.reference(name))

        return re.sub(r"\$\{([^!}]+)\}", one, text)

    def holds(self, node):
        (name, argument), = node.items()
        match name:
            case "Condition":
                return self.holds(self.template["Conditions"][argument])
            case "Fn::Equals":
                return str(self.value(argument[0])) == str(self.value(argument[1]))
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::And":
                return all(map(self.holds, argument))
            case "Fn::Or":
                return any(map(self.holds, argument))
        raise ValueError(f"the condition {name} is not known here")


def references(node, names):
    """The resources that a part of the template waits for: by `Ref`, `Fn::GetAtt` and `Fn::Sub`."""
    found = set()
    if isinstance(node, list):
        return found.union(*(references(one, names) for one in node))
    if not isinstance(node, dict):
        return found
    for name, argument in node.items():
        if name == "Ref" and argument in names:
            found.add(argument)
        elif name == "Fn::GetAtt":
            first = argument.split(".")[0] if isinstance(argument, str) else argument[0]
            found |= {first} & names
        elif name == "Fn::Sub":
            text, given = argument if isinstance(argument, list) else (argument, {})
            inside = {name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text)}
            found |= (inside - set(given)) & names
            found |= references(given, names)
        else:
            found |= references(argument, names)
    return found


def depends_on(resource):
    """What a resource names under `DependsOn`: one or a list."""
    named = resource.get("DependsOn", [])
    return {named} if isinstance(named, str) else set(named)


def waits_for(template):
    """Of each resource, those that have to be made before it."""
    resources = template["Resources"]
    names = set(resources)
    return {
        name: references(resource.get("Properties", {}), names) | (depends_on(resource) & names)
        for name, resource in resources.items()
    }


def order(graph):
    """The resources, each after those that it waits for; or a circle of them, as `(None, circle)`."""
    done, sequence = set(), []

    def visit(name, path):
        if name in path:
            return [*path[path.index(name):], name]
        if name in done:
            return None
        for other in sorted(graph[name]):
            if circle := visit(other, [*path, name]):
                return circle
        done.add(name)
        sequence.append(name)
        return None

    for name in sorted(graph):
        if circle := visit(name, []):
            return None, circle
    return sequence, None
