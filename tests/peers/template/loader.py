"""Makes what the transformed template describes in another emulator of AWS, and sees that all of it is there.

CloudFormation in the emulators says CREATE_COMPLETE and leaves out what it does not know, expiry among it. So each resource
is made here, one by one, and read back. Written is the file that `JOURNEYS_ELSEWHERE` and `cargo dev --elsewhere` take.

Usage: loader.py URL ACCOUNTS FILE
"""

import json
import sys

import boto3
from botocore.config import Config
from transformed import PSEUDO, Evaluation, order, transformed, waits_for

KEYS_OF = PSEUDO["AWS::AccountId"]

# Made here is what journeys run on. The rest is IAM's, Lambda's and the watch's: named, so that nothing is forgotten.
NOT_MADE = {
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::MetricFilter",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::WAFv2::WebACL",
}


class Emulator:
    """Another AWS: one address, and accounts that are told apart by the key id of who asks."""

    def __init__(self, url, account):
        self.url, self.account = url, account

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=PSEUDO["AWS::Region"],
            aws_access_key_id=self.account,
            aws_secret_access_key="none",
            config=Config(proxies={}, retries={"max_attempts": 1}),
        )


def expect(what, wanted, got):
    if got != wanted:
        sys.exit(f"{what}: the template says {wanted!r}, made was {got!r}")


def make_table(emulator, name, properties):
    """Makes a table with its indexes, its expiry and its recovery, and compares each with what is there then."""
    dynamodb = emulator.client("dynamodb")
    expiry = properties.get("TimeToLiveSpecification")
    recovery = properties.get("PointInTimeRecoverySpecification")
    left_out = {"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "SSESpecification", "Tags"}
    request = {key: value for key, value in properties.items() if key not in left_out}
    dynamodb.create_table(TableName=name, **request)
    if expiry:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    if recovery:
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    compare_table(dynamodb, name, properties)


def compare_table(dynamodb, name, properties):
    made = dynamodb.describe_table(TableName=name)["Table"]
    indexes = lambda of: sorted(  # noqa: E731
        (one["IndexName"], str(one["KeySchema"]), str(one["Projection"])) for one in of or []
    )
    expect(f"keys of {name}", properties["KeySchema"], made["KeySchema"])
    attributes = lambda of: sorted(str(one) for one in of["AttributeDefinitions"])  # noqa: E731
    expect(f"attributes of {name}", attributes(properties), attributes(made))
    wanted = indexes(properties.get("GlobalSecondaryIndexes"))
    expect(f"indexes of {name}", wanted, indexes(made.get("GlobalSecondaryIndexes")))
    protected = made.get("DeletionProtectionEnabled", False)
    expect(f"deletion protection of {name}", properties["DeletionProtectionEnabled"], protected)
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    wanted = properties.get("TimeToLiveSpecification", {}).get("AttributeName")
    expect(f"expiry of {name}", wanted, ttl.get("AttributeName") if ttl["TimeToLiveStatus"] == "ENABLED" else None)
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    wanted = properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    expect(f"recovery of {name}", "ENABLED" if wanted else "DISABLED", recovery)


def make_key(emulator, name, properties):
    """Makes a key, and gives its ARN."""
    kms = emulator.client("kms")
    known = {"Description", "KeySpec", "KeyUsage", "MultiRegion"}
    request = {key: value for key, value in properties.items() if key in known}
    made = kms.create_key(**request, Policy=json.dumps(properties["KeyPolicy"]))["KeyMetadata"]
    there = kms.describe_key(KeyId=made["Arn"])["KeyMetadata"]
    expect(f"kind of {name}", properties.get("KeySpec", "SYMMETRIC_DEFAULT"), there["KeySpec"])
    expect(f"use of {name}", properties.get("KeyUsage", "ENCRYPT_DECRYPT"), there["KeyUsage"])
    policy = json.loads(kms.get_key_policy(KeyId=made["Arn"], PolicyName="default")["Policy"])
    expect(f"policy of {name}", properties["KeyPolicy"], policy)
    return made["Arn"]


def make_alias(emulator, name, properties):
    kms = emulator.client("kms")
    kms.create_alias(AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
    there = kms.describe_key(KeyId=properties["AliasName"])["KeyMetadata"]["Arn"]
    expect(f"key of the alias {name}", properties["TargetKeyId"], there)


def make_log_group(emulator, name, properties):
    """Makes a group of logs, and gives its ARN."""
    logs = emulator.client("logs")
    logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))
    made = next(one for one in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] if one["logGroupName"] == name)
    expect(f"retention of {name}", int(properties["RetentionInDays"]), made["retentionInDays"])
    return made["arn"]


class Made:
    """One account's worth of the template."""

    def __init__(self, emulator, template):
        self.emulator, self.template = emulator, template
        self.evaluation = Evaluation(template)
        self.keys = {}

    def each(self, kinds):
        """The resources of these types whose condition holds, in the order in which they can be made."""
        for name in order(waits_for(self.template))[0]:
            resource = self.template["Resources"][name]
            if resource["Type"] in kinds and self.evaluation.exists(resource):
                yield name, resource["Type"], self.evaluation.value(resource.get("Properties", {}))

    def tables(self):
        for name, _, properties in self.each({"AWS::DynamoDB::Table"}):
            make_table(self.emulator, name, properties)
        wanted = sorted(name for name, _, _ in self.each({"AWS::DynamoDB::Table"}))
        expect("tables", wanted, sorted(self.emulator.client("dynamodb").list_tables()["TableNames"]))
        return wanted

    def all_keys(self):
        for name, _, properties in self.each({"AWS::KMS::Key"}):
            self.keys[name] = make_key(self.emulator, name, properties)
            self.evaluation.made_as(name, self.keys[name].rsplit("/", 1)[1], Arn=self.keys[name])
        for name, _, properties in self.each({"AWS::KMS::Alias"}):
            make_alias(self.emulator, name, properties)
        listed = self.emulator.client("kms").list_keys()["Keys"]
        expect("keys", sorted(self.keys.values()), sorted(one["KeyArn"] for one in listed))

    def log_groups(self):
        for name, _, properties in self.each({"AWS::Logs::LogGroup"}):
            self.evaluation.made_as(name, name, Arn=make_log_group(self.emulator, name, properties))

    def api(self):
        """The API with its routes: read back, each leads to the function that the template names."""
        api = self.emulator.client("apigatewayv2")
        for name in (name for name, one in self.template["Resources"].items() if one["Type"] == "AWS::Lambda::Function"):
            arn = f"arn:aws:lambda:{PSEUDO['AWS::Region']}:{self.emulator.account}:function:{name}"
            self.evaluation.made_as(name, name, Arn=arn)
        wanted, ids = {}, []
        for name, _, properties in self.each({"AWS::ApiGatewayV2::Api"}):
            known = {"Name", "ProtocolType", "Description"}
            made = api.create_api(**{key: value for key, value in properties.items() if key in known})
            self.evaluation.made_as(name, made["ApiId"], ApiEndpoint=made["ApiEndpoint"])
            ids.append(made["ApiId"])
        for name, _, properties in self.each({"AWS::ApiGatewayV2::Integration"}):
            made = api.create_integration(**properties)
            self.evaluation.made_as(name, made["IntegrationId"])
        for name, _, properties in self.each({"AWS::ApiGatewayV2::Route"}):
            api.create_route(**properties)
            integration = self.template["Resources"][name]["Properties"]["Target"]
            wanted[properties["RouteKey"]] = self.evaluation.value(integration)
        for name, _, properties in self.each({"AWS::ApiGatewayV2::Stage"}):
            api.create_stage(**properties)
            made = api.get_stage(ApiId=properties["ApiId"], StageName=properties["StageName"])
            for part in ("DefaultRouteSettings", "AccessLogSettings", "AutoDeploy"):
                expect(f"{part} of {name}", properties[part], made.get(part))
        routes = api.get_routes(ApiId=ids[0])["Items"]
        expect("routes", wanted, {one["RouteKey"]: one["Target"] for one in routes})
        return wanted


def main():
    url, accounts, file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    template = transformed()
    handled = {"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::KMS::Alias", "AWS::Logs::LogGroup"}
    handled |= {f"AWS::ApiGatewayV2::{kind}" for kind in ("Api", "Integration", "Route", "Stage")}
    types = {resource["Type"] for resource in template["Resources"].values()}
    expect("types of resource that the loader knows", set(), types - handled - NOT_MADE)

    first = Made(Emulator(url, KEYS_OF), template)
    first.all_keys()
    first.log_groups()
    routes = first.api()
    names = [f"{number:012}" for number in range(1, accounts + 1)]
    for account in names:
        tables = Made(Emulator(url, account), template).tables()
    local = f"arn:aws:kms:{PSEUDO['AWS::Region']}:{KEYS_OF}:key/"
    told = {"url": url, "accounts": names, "keys": {local + name: arn for name, arn in first.keys.items()}}
    with open(file, "w", encoding="utf-8") as out:
        json.dump(told, out, indent=1)
    print(f"made and read back: {len(tables)} tables in {accounts} accounts, {len(first.keys)} keys, {len(routes)} routes")


main()
