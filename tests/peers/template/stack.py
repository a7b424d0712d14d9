"""CloudFormation, in an emulator, takes the transformed template through the life of a stack.

It creates the stack with the defaults and with every option on, and each resource is read back from its own service and
compared with the template. It changes each parameter once and reads what changed. It rolls back an update that fails and a
first creation that fails. It deletes the stack, and what stays is what the template keeps.

Usage: stack.py
"""

import io
import json
import os
import re
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from urllib.request import Request

from botocore.exceptions import ClientError
from emulator import CANNOT, client, direct, emulator, without_what_it_cannot
from transformed import ANSWERS, PSEUDO, Evaluation, transformed

# What the emulator's CloudFormation does not show. The first fails the stack, so the suite leaves it out.
NOT_SHOWN = [
    CANNOT,
    "expiry and recovery of tables (second/journeys makes them without CloudFormation)",
    "reserved concurrency of a function",
    "a table whose protection stops CloudFormation (asked of DynamoDB itself)",
    "KMS's check against lockout, and every other policy (key_policies.py, tests/policies.rs)",
    "limits of API Gateway (chains.py)",
    "a distribution of CloudFront that serves, a certificate that is valid",
]
NAME = PSEUDO["AWS::StackName"]
ARN = f"arn:aws:%s:{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}:%s"
DOMAIN = "auth.example.org"
# Every option on, as far as a parameter needs another value for it than CHANGED gives it.
EVERYTHING = {
    "AlarmEmail": "alarms@example.org",
    "BackendConcurrency": "5",
    "CertificateArn": ARN % ("acm", "certificate/one"),
    "CloudFrontCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/one",
    "DomainName": DOMAIN,
    "KeyAdministratorArn": "arn:aws:iam::000000000000:role/keys",
    "LogKeyArn": ARN % ("kms", "key/logs"),
    "OriginSecret": "a" * 40,
    "OriginSecretHash": "a" * 64,
    "Sandbox": "true",
    "SelfRegistration": "open",
    "SignInMode": "both",
    "WebAclArn": "arn:aws:wafv2:us-east-1:000000000000:global/webacl/one/1",
}
# Another value, for a parameter whose pattern takes not every text.
CHANGED = {
    "AccentColour": "#123456",
    "AlarmEmail": "others@example.org",
    "AssertionAlgorithms": "ES256",
    "CertificateArn": ARN % ("acm", "certificate/two"),
    "CloudFrontCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/two",
    "DomainName": "sign-in.example.org",
    "FhirBaseUrl": "https://fhir.example.com/fhir",
    "KeyAdministratorArn": "arn:aws:iam::000000000000:role/others",
    "LogKeyArn": ARN % ("kms", "key/others"),
    "OriginSecret": "b" * 40,
    "OriginSecretHash": "b" * 64,
    "SandboxFhirUser": "Practitioner/demo",
    "Stage": "prod",
    "WebAclArn": "arn:aws:wafv2:us-east-1:000000000000:global/webacl/two/2",
}


# Parameters whose effect is one of those.
UNSEEN = {"BackendConcurrency"}


def expect(what, wanted, got):
    if plain(wanted) != plain(got):
        sys.exit(f"{what}:\n  the template says {json.dumps(plain(wanted))}\n  there is          {json.dumps(plain(got))}")


def plain(value):
    """A value with every scalar as the text that CloudFormation makes of it."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in sorted(value.items()) if one is not None}
    if isinstance(value, (list, tuple, set)):
        return [plain(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def by_text(values):
    return sorted(values, key=lambda one: json.dumps(plain(one)))


class Services:
    """Each resource as its own service describes it, in the words of the template."""

    def __init__(self, url):
        self.url, self.clients = url, {}

    def __getitem__(self, service):
        if service not in self.clients:
            self.clients[service] = client(self.url, service)
        return self.clients[service]

    def read(self, kind, name, properties):
        """The properties that can be read back."""
        return getattr(self, kind.removeprefix("AWS::").replace("::", "_").lower())(name, properties)

    def dynamodb_table(self, name, _):
        table = self["dynamodb"].describe_table(TableName=name)["Table"]
        return {
            "KeySchema": table["KeySchema"],
            "AttributeDefinitions": table["AttributeDefinitions"],
            "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
            "BillingMode": table["BillingModeSummary"]["BillingMode"],
        }

    def kms_key(self, name, _):
        key = self["kms"].describe_key(KeyId=name)["KeyMetadata"]
        policy = self["kms"].get_key_policy(KeyId=name, PolicyName="default")["Policy"]
        return {part: key[part] for part in ("Description", "KeySpec", "KeyUsage")} | {"KeyPolicy": json.loads(policy)}

    def kms_alias(self, name, _):
        aliases = {one["AliasName"]: one for one in self["kms"].list_aliases()["Aliases"]}
        return {"AliasName": name, "TargetKeyId": aliases[name]["TargetKeyId"]}

    def logs_loggroup(self, name, _):
        groups = self["logs"].describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        group = next(one for one in groups if one["logGroupName"] == name)
        return {"RetentionInDays": group.get("retentionInDays"), "KmsKeyId": group.get("kmsKeyId")}

    def logs_metricfilter(self, name, properties):
        found = self["logs"].describe_metric_filters(logGroupName=properties["LogGroupName"])["metricFilters"]
        one = next(one for one in found if one["filterName"] == name)
        transformations = [{part[0].upper() + part[1:]: each[part] for part in each} for each in one["metricTransformations"]]
        wanted = properties["MetricTransformations"]
        kept = [{part: each[part] for part in of} for each, of in zip(transformations, wanted, strict=True)]
        return {"FilterPattern": one["filterPattern"], "MetricTransformations": kept}

    def cloudwatch_alarm(self, name, properties):
        alarm = self["cloudwatch"].describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        return {part: alarm.get(part) for part in properties}

    def sns_topic(self, name, _):
        return {"DisplayName": self["sns"].get_topic_attributes(TopicArn=name)["Attributes"]["DisplayName"]}

    def sns_subscription(self, name, properties):
        listed = self["sns"].list_subscriptions_by_topic(TopicArn=properties["TopicArn"])["Subscriptions"]
        return {"Endpoint": [one["Endpoint"] for one in listed][-1], "Protocol": listed[-1]["Protocol"]}

    def lambda_function(self, name, properties):
        made = self["lambda"].get_function(FunctionName=name)
        of = made["Configuration"]
        read = {part: of.get(part) for part in ("Architectures", "Description", "Handler", "MemorySize", "Runtime", "Timeout")}
        read["Environment"] = {"Variables": of["Environment"]["Variables"]}
        read["LoggingConfig"] = {"LogGroup": of["LoggingConfig"]["LogGroup"]}
        read["Role"] = of["Role"]
        tags = {one["Key"] for one in properties["Tags"]}
        kept = [{"Key": key, "Value": value} for key, value in made["Tags"].items() if key in tags]
        return read | {"Tags": sorted(kept, key=lambda one: [each["Key"] for each in properties["Tags"]].index(one["Key"]))}

    def lambda_permission(self, _, properties):
        policy = json.loads(self["lambda"].get_policy(FunctionName=properties["FunctionName"])["Policy"])
        (statement,) = policy["Statement"]
        principal = statement["Principal"]
        return {
            "Action": statement["Action"],
            "Principal": principal["Service"] if isinstance(principal, dict) else principal,
            "SourceArn": statement["Condition"]["ArnLike"]["AWS:SourceArn"],
        }

    def iam_role(self, name, _):
        iam = self["iam"]
        names = iam.list_role_policies(RoleName=name)["PolicyNames"]
        policies = [iam.get_role_policy(RoleName=name, PolicyName=one) for one in names]
        return {
            "Path": iam.get_role(RoleName=name)["Role"]["Path"],
            "Policies": [{"PolicyName": one["PolicyName"], "PolicyDocument": one["PolicyDocument"]} for one in policies],
        }

    def apigatewayv2_api(self, name, _):
        api = self["apigatewayv2"].get_api(ApiId=name)
        return {part: api.get(part) for part in ("Name", "ProtocolType", "Description", "DisableExecuteApiEndpoint")}

    def apigatewayv2_stage(self, name, properties):
        stage = self["apigatewayv2"].get_stage(ApiId=properties["ApiId"], StageName=name)
        read = {part: stage.get(part) for part in ("AutoDeploy", "AccessLogSettings")}
        # The emulator answers with the names of CloudFormation, which boto3 leaves out.
        scope = f"{PSEUDO['AWS::AccountId']}/20260101/{PSEUDO['AWS::Region']}/apigateway/aws4_request"
        signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
        request = Request(f"{self.url}/v2/apis/{properties['ApiId']}/stages/{name}", headers=signed)
        with direct.open(request) as answer:
            made = json.load(answer)
        settings = {part: made[f"{part[0].lower()}{part[1:]}"] for part in ("DefaultRouteSettings", "RouteSettings")}
        return read | settings

    def apigatewayv2_integration(self, name, properties):
        made = self["apigatewayv2"].get_integration(ApiId=properties["ApiId"], IntegrationId=name)
        return {part: made.get(part) for part in ("IntegrationType", "IntegrationUri", "PayloadFormatVersion")}

    def apigatewayv2_route(self, name, properties):
        made = self["apigatewayv2"].get_route(ApiId=properties["ApiId"], RouteId=name.rsplit("/", 1)[-1])
        return {part: made.get(part) for part in ("RouteKey", "Target")}

    def apigatewayv2_domainname(self, name, properties):
        made = self["apigatewayv2"].get_domain_name(DomainName=name)["DomainNameConfigurations"]
        wanted = properties["DomainNameConfigurations"]
        kept = [{part: each[part] for part in of} for each, of in zip(made, wanted, strict=True)]
        return {"DomainName": name, "DomainNameConfigurations": kept}

    def apigatewayv2_apimapping(self, name, properties):
        made = self["apigatewayv2"].get_api_mapping(ApiMappingId=name, DomainName=properties["DomainName"])
        return {part: made[part] for part in ("ApiId", "Stage")}

    def cloudfront_distribution(self, name, properties):
        made = self["cloudfront"].get_distribution_config(Id=name)["DistributionConfig"]
        origin = made["Origins"]["Items"][0]
        wanted = properties["DistributionConfig"]
        read = wanted | {
            "Aliases": made["Aliases"]["Items"],
            "Comment": made["Comment"],
            "Enabled": made["Enabled"],
            "WebACLId": made["WebACLId"] or None,
        }
        read["ViewerCertificate"] = {part: made["ViewerCertificate"].get(of) for part, of in (
            ("AcmCertificateArn", "ACMCertificateArn"),
            ("SslSupportMethod", "SSLSupportMethod"),
            ("MinimumProtocolVersion", "MinimumProtocolVersion"),
        )}
        headers = origin["CustomHeaders"]["Items"]
        read["Origins"] = [wanted["Origins"][0] | {
            "DomainName": origin["DomainName"],
            "OriginCustomHeaders": [{part: one[part] for part in ("HeaderName", "HeaderValue")} for one in headers],
        }]
        return {"DistributionConfig": read}


class Stack:
    """A stack made of a template, and what its services should hold."""

    def __init__(self, services, template, parameters, name=NAME):
        self.services, self.template, self.name = services, template, name
        self.parameters = dict(parameters)
        self.cloudformation = services["cloudformation"]

    def operate(self, operation, **more):
        """Creates or updates the stack, and gives the status in which that ends."""
        body = json.dumps(self.template).encode()
        self.services["s3"].put_object(Bucket="bucket", Key="template", Body=body)
        told = [{"ParameterKey": name, "ParameterValue": value} for name, value in self.parameters.items()]
        getattr(self.cloudformation, f"{operation}_stack")(
            StackName=self.name, TemplateURL=f"{self.services.url}/bucket/template", Parameters=told,
            Capabilities=["CAPABILITY_IAM"], **more,
        )
        return self.status()

    def succeed(self, operation):
        ended = self.operate(operation)
        if ended != f"{operation.upper()}_COMPLETE":
            sys.exit(f"{operation} ended as {ended}:\n" + "\n".join(self.failures()))

    def status(self):
        for _ in range(600):
            try:
                status = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
            except ClientError:
                return "gone"
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(0.02)
        raise SystemExit(f"{self.name} did not come to an end")

    def failures(self):
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [f"{one['LogicalResourceId']}: {one['ResourceStatusReason']}" for one in events if "FAILED" in one["ResourceStatus"]]

    def delete(self):
        self.cloudformation.delete_stack(StackName=self.name)
        status = self.status()
        if status not in ("gone", "DELETE_COMPLETE"):
            sys.exit(f"the stack was not deleted: {status}")

    def resources(self):
        """What there is of each logical id: its physical id and its type."""
        found = self.cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        return {one["LogicalResourceId"]: (one["PhysicalResourceId"], one["ResourceType"]) for one in found}

    def evaluated(self):
        """The properties of each resource that should be there, by the parameters and by what was made."""
        evaluation = Evaluation(self.template)
        evaluation.parameters |= self.parameters
        for name, (physical, kind) in self.resources().items():
            evaluation.made_as(name, physical, **self.attributes(kind, physical))
        wanted = {name: one for name, one in self.template["Resources"].items() if evaluation.exists(one)}
        return {name: (one["Type"], evaluation.value(one.get("Properties", {}))) for name, one in wanted.items()}

    def attributes(self, kind, physical):
        """What `Fn::GetAtt` gives, as far as the template asks for it."""
        match kind:
            case "AWS::DynamoDB::Table":
                return {"Arn": ARN % ("dynamodb", f"table/{physical}")}
            case "AWS::KMS::Key":
                return {"Arn": ARN % ("kms", f"key/{physical}")}
            case "AWS::Lambda::Function":
                return {"Arn": ARN % ("lambda", f"function:{physical}")}
            case "AWS::Logs::LogGroup":
                return {"Arn": ARN % ("logs", f"log-group:{physical}:*")}
            case "AWS::IAM::Role":
                return {"Arn": self.services["iam"].get_role(RoleName=physical)["Role"]["Arn"]}
            case "AWS::ApiGatewayV2::Api":
                return {"ApiEndpoint": self.services["apigatewayv2"].get_api(ApiId=physical)["ApiEndpoint"]}
            case "AWS::ApiGatewayV2::DomainName":
                made = self.services["apigatewayv2"].get_domain_name(DomainName=physical)
                return {"RegionalDomainName": made["DomainNameConfigurations"][0]["ApiGatewayDomainName"]}
            case "AWS::CloudFront::Distribution":
                made = self.services["cloudfront"].get_distribution(Id=physical)["Distribution"]
                return {"DomainName": made["DomainName"]}
        return {}

    def compare(self, names=None):
        """Reads resources back, all unless some are named, and gives what was read."""
        there, wanted = self.resources(), self.evaluated()
        expect("resources", sorted(wanted), sorted(there))
        read = {}
        for name in names if names is not None else wanted:
            kind, properties = wanted[name]
            read[name] = self.services.read(kind, there[name][0], properties)
            for part, got in read[name].items():
                if part == "AttributeDefinitions":
                    got, properties[part] = by_text(got), by_text(properties[part])
                expect(f"{part} of {name}", properties.get(part), got)
        return {name: plain(one) for name, one in read.items()}


def another(name, parameter, value):
    """A value of a parameter that differs from the one it has."""
    if name in CHANGED:
        return CHANGED[name]
    if "AllowedValues" in parameter:
        return next(str(one) for one in parameter["AllowedValues"] if str(one) != value)
    if parameter["Type"] == "Number":
        return str(int(value) + 1)
    if "AllowedPattern" in parameter:
        sys.exit(f"CHANGED needs another value for {name}, as its pattern allows")
    return "changed"


def imported(template):
    """The parameters of earlier versions that are settings of a table now, and the values that a rule still takes."""
    rule = json.dumps(template["Rules"]["SettingsAreImported"])
    taken = {}
    for name, value in re.findall(r'"Fn::Equals": \[\{"Ref": "(\w+)"\}, "([^"]*)"\]', rule):
        taken.setdefault(name, set()).add(value)
    return taken


def change_each(stack):
    """Changes one parameter after the other. Each has an effect, and the effect is what the template says."""
    read, before, changed = stack.compare(), stack.evaluated(), 0
    parameters = stack.template["Parameters"]
    for name, parameter in ((name, one) for name, one in parameters.items() if name not in imported(stack.template)):
        value = stack.parameters.get(name, str(parameter.get("Default", "")))
        stack.parameters[name] = another(name, parameter, value)
        if stack.parameters[name] == value:
            sys.exit(f"CHANGED gives {name} the value that it has")
        stack.succeed("update")
        after = stack.evaluated()
        effect = stack.compare([one for one in after if after[one] != before.get(one)])
        seen = any(read.get(one) != now for one, now in effect.items())
        if seen == (name in UNSEEN):
            sys.exit(f"{name} has {'an' if seen else 'no'} effect that can be read back")
        read, before, changed = read | effect, after, changed + 1
    expect("all resources after all changes", read, stack.compare())
    return changed


def broken(template):
    """The template with one more resource, which is made after all others and fails."""
    resources = template["Resources"]
    last = {
        "Type": "AWS::CloudWatch::Alarm",
        "DependsOn": [name for name, one in resources.items() if "Condition" not in one],
        "Properties": {"AlarmDescription": "without a metric"},
    }
    return template | {"Resources": resources | {"Broken": last}}


def roll_back(stack):
    """An update that fails leaves every resource as it was."""
    before, working = stack.compare(), stack.template
    parameters = dict(stack.parameters)
    stack.template = broken(working)
    stack.parameters |= {"LogLevel": "error", "RequestsPerSecond": "7", "DeletionProtection": "false"}
    expect("a failed update", "UPDATE_ROLLBACK_COMPLETE", stack.operate("update"))
    stack.template, stack.parameters = working, parameters
    after = stack.compare()
    for name in before:
        expect(f"{name} after the rollback", before[name], after.get(name))


def left(services):
    """What there is that a stack could have left."""
    groups = services["logs"].describe_log_groups()["logGroups"]
    keys = [one["KeyId"] for one in services["kms"].list_keys()["Keys"]]
    live = [one for one in keys if services["kms"].describe_key(KeyId=one)["KeyMetadata"]["KeyState"] != "PendingDeletion"]
    return {
        "tables": services["dynamodb"].list_tables()["TableNames"],
        "keys": live,
        "log groups": [one["logGroupName"] for one in groups],
        "functions": [one["FunctionName"] for one in services["lambda"].list_functions()["Functions"]],
        "roles": [one["RoleName"] for one in services["iam"].list_roles()["Roles"]],
        "APIs": [one["ApiId"] for one in services["apigatewayv2"].get_apis()["Items"]],
        "topics": [one["TopicArn"] for one in services["sns"].list_topics()["Topics"]],
        "alarms": [one["AlarmName"] for one in services["cloudwatch"].describe_alarms()["MetricAlarms"]],
    }


def refuse(services, template):
    """Values that no stack can have."""
    long = {name: one["MaxLength"] for name, one in template["Parameters"].items() if "MaxLength" in one}
    values = [(name, "a" * (int(length) + 1)) for name, length in long.items()]
    for wrong in ("", "http://fhir.example.org/r4", "https://fhir.example.org/r4/", "https://fhir.example.org/r4?a=b"):
        values.append(("FhirBaseUrl", wrong))
    values += [("CertificateArn", EVERYTHING["CertificateArn"]), ("DeletionProtection", "no")]
    values += [(name, "[]") for name in sorted(imported(template))]
    for name, value in values:
        try:
            Stack(services, template, ANSWERS | {name: value}, "refused").operate("create")
        except ClientError as error:
            expect(f"the refusal of {name}={value}", "ValidationError", error.response["Error"]["Code"])
        else:
            sys.exit(f"{name}={value} was not refused")
    return len(values)


def first_creation_fails(services, template, protection):
    """Of a first deployment that fails, whether DynamoDB deletes its tables."""
    stack = Stack(services, broken(template), ANSWERS | {"DeletionProtection": protection}, "first")
    expect("a creation that stays as it failed", "CREATE_FAILED", stack.operate("create", OnFailure="DO_NOTHING"))
    tables = [physical for physical, kind in stack.resources().values() if kind == "AWS::DynamoDB::Table"]
    allowed = set()
    for table in tables:
        try:
            services["dynamodb"].delete_table(TableName=table)
            allowed.add(True)
        except ClientError as error:
            expect(f"why {table} is kept", "ValidationException", error.response["Error"]["Code"])
            allowed.add(False)
    stack.cloudformation.rollback_stack(StackName=stack.name)
    expect("its rollback", "ROLLBACK_COMPLETE", stack.status())
    stack.delete()
    return allowed


def nothing_is_left(services, template, before):
    """A first deployment that fails without protection is rolled back, and then deleted, without a trace."""
    stack = Stack(services, broken(template), ANSWERS | {"DeletionProtection": "false"}, "first")
    expect("a first creation that fails", "ROLLBACK_COMPLETE", stack.operate("create"))
    skipped = [one for one in stack.cloudformation.describe_stack_events(StackName="first")["StackEvents"]
               if one["ResourceStatus"] == "DELETE_SKIPPED"]
    expect("what the rollback kept", [], [one["LogicalResourceId"] for one in skipped])
    expect("what is left after the rollback", before, left(services))
    stack.delete()
    expect("what is left after the deletion", before, left(services))


def delete(stack, before):
    """Of a stack that works, the tables, keys and logs stay."""
    resources = stack.template["Resources"]
    wanted = {"tables": 0, "keys": 0, "log groups": 0}
    kinds = {"AWS::DynamoDB::Table": "tables", "AWS::KMS::Key": "keys", "AWS::Logs::LogGroup": "log groups"}
    for one in resources.values():
        if one["Type"] in kinds:
            wanted[kinds[one["Type"]]] += 1
    stack.delete()
    after = left(stack.services)
    for what, had in before.items():
        expect(f"{what} after the deletion", wanted.get(what, 0), len(after[what]) - len(had))
    return wanted


def prepare(services):
    """The bucket with a package, as `sam deploy` would upload it."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\nexit 1\n")
    services["s3"].create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": PSEUDO["AWS::Region"]})
    services["s3"].put_object(Bucket="bucket", Key="key", Body=package.getvalue())


def main():
    template = transformed()
    refused = without_what_it_cannot(template)
    stale = (set(EVERYTHING) | set(CHANGED)) - set(template["Parameters"])
    if stale:
        sys.exit(f"no parameters any more: {sorted(stale)}")
    log = Path(tempfile.mkdtemp()) / "ministack.log"
    with emulator(log) as url:
        services = Services(url)
        prepare(services)
        before = left(services)
        refusals = refuse(services, template)

        expect("whether DynamoDB deletes a table that is protected", {False}, first_creation_fails(services, template, "true"))
        expect("whether DynamoDB deletes a table that is not", {True}, first_creation_fails(services, template, "false"))
        nothing_is_left(services, template, before)

        default = Stack(services, template, ANSWERS)
        default.succeed("create")
        resources = len(default.compare())
        # An upgrade brings the former defaults of parameters along.
        default.parameters |= EVERYTHING | {name: max(values) for name, values in imported(template).items()}
        default.succeed("update")
        default.compare()
        roll_back(default)
        default.parameters = dict(ANSWERS)
        default.succeed("update")
        default.compare()
        kept = delete(default, before)

        everything = Stack(services, template, ANSWERS | EVERYTHING)
        everything.succeed("create")
        most = len(everything.compare())
        changed = change_each(everything)
    os.remove(log)
    print(f"created with {resources} resources and with {most}, changed by each of {changed} parameters, rolled back, deleted; {refusals} values refused")
    print("kept: " + ", ".join(f"{number} {what}" for what, number in kept.items()) + f"; left out: {', '.join(refused)}")
    print("not shown by this emulator: " + "; ".join(NOT_SHOWN))


main()
