"""At most five changes of the API are under way at the same time, because API Gateway refuses more on one API.

CloudFormation starts each resource as soon as those that it waits for are there. So the most that can be under way are the
most of which none waits for another, directly or through others.

Usage: chains.py
"""

import sys

from transformed import source, transformed, waits_for

LIMIT = 5
OF_THE_API = tuple(f"AWS::ApiGatewayV2::{kind}" for kind in ("Integration", "Route", "Stage", "ApiMapping"))


def width(template):
    """How many resources of the API can be under way at the same time.

    Source: Dilworth's theorem. It is the least number of chains that hold them all: their number without the pairs of a
    largest matching of each with one that waits for it.
    """
    graph = waits_for(template)
    names = [name for name, one in template["Resources"].items() if one["Type"] in OF_THE_API]
    before = {name: ancestors(graph, name) & set(names) for name in names}
    matched = {}

    def match(name, seen):
        for other in before[name] - seen:
            seen.add(other)
            if other not in matched or match(matched[other], seen):
                matched[other] = name
                return True
        return False

    return len(names) - sum(match(name, set()) for name in names), len(names)


def ancestors(graph, name):
    """All that has to be made before a resource."""
    found, left = set(), list(graph[name])
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left.extend(graph[one])
    return found


def unchained():
    """The template with one route that waits for its integration alone."""
    template = source()
    route = next(one for one in template["Resources"].values() if one["Type"] == "AWS::ApiGatewayV2::Route")
    template["Resources"]["LooseRoute"] = {"Type": route["Type"], "Properties": route["Properties"]}
    return template


def main():
    widest, resources = width(transformed())
    if widest > LIMIT:
        sys.exit(f"{widest} of {resources} routes, integrations and stages are made at the same time, not at most {LIMIT}: "
                 "add DependsOn to the route, the previous one of its function")
    if width(transformed(unchained()))[0] <= widest:
        sys.exit("the check is blind: it did not see the route without DependsOn")
    print(f"{resources} routes, integrations and stages, at most {widest} at the same time")


main()
