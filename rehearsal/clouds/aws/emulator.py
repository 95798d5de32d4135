"""Runs the AWS emulator with corrections where it differs from what AWS documents of Secrets Manager and of signatures.

Each correction names what AWS says; `test/rehearsal/clouds/aws/emulator.spec.ts` shows that it holds. Everything else is the emulator's own.
Source of each statement: the API reference of AWS Secrets Manager, page of the action that is named.
"""

import json
import os
import time
import uuid

from ministack.core import iam_evaluator

# The administrator's key is the one of this start and no other, and its signature is checked like everybody's; left alone, the emulator
# takes `test` and every account id for the administrator, signed or not. Services copy these functions when they are loaded, so this
# comes before them.
iam_evaluator.is_root_access_key = lambda key: bool(key) and key == os.environ["AWS_ACCESS_KEY_ID"]
iam_evaluator._is_root_key = lambda key: False

from ministack.core.iam_evaluator import AuthError, enforce
from ministack.core.responses import error_response_json, json_response
from ministack.core.router import extract_access_key_id, extract_region
from ministack.services import secretsmanager as emulated

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


def refused(kind, message):
    return error_response_json(kind, message, 400)


def holder(secret, label):
    return next((name for name, version in secret["Versions"].items() if label in version["Stages"]), None)


def detach(secret, label):
    found = holder(secret, label)
    if found is not None:
        secret["Versions"][found]["Stages"].remove(label)
    return found


def attach(secret, version_id, label):
    """Moves a label; AWSPREVIOUS goes by itself to the version that AWSCURRENT leaves."""
    before = holder(secret, label)
    if before == version_id:
        return
    detach(secret, label)
    secret["Versions"][version_id]["Stages"].append(label)
    if label == CURRENT and before is not None:
        detach(secret, PREVIOUS)
        secret["Versions"][before]["Stages"].append(PREVIOUS)


def usable(data):
    """The secret that a write names, or a refusal; the emulator's own checks come after."""
    _, secret = emulated._resolve(data.get("SecretId"))
    if secret is None or secret.get("DeletedDate") or emulated._is_replica(secret):
        return None
    return secret


create_secret = emulated._create_secret


def corrected_create(data):
    """CreateSecret: without a value there is no version; AddReplicaRegions replicates at once."""
    created = create_secret(data)
    if created[0] != 200:
        return created
    _, secret = emulated._resolve(data["Name"])
    answer = json.loads(created[2])
    if "SecretString" not in data and "SecretBinary" not in data:
        secret["Versions"].clear()
        answer.pop("VersionId", None)
    if data.get("AddReplicaRegions"):
        replicated = emulated._replicate_secret_to_regions({**data, "SecretId": secret["ARN"]})
        if replicated[0] != 200:
            return replicated
        answer["ReplicationStatus"] = secret["ReplicationStatus"]
    return json_response(answer)


put_secret_value = emulated._put_secret_value


def corrected_put(data):
    """PutSecretValue: every label that is named moves to the new version, custom ones too; the first version of a secret gets AWSCURRENT,
    named or not; with a known ClientRequestToken the same value changes nothing and another one is ResourceExistsException, unless the
    version has no value yet."""
    secret = usable(data)
    if secret is None:
        return put_secret_value(data)
    version_id = data.get("ClientRequestToken") or str(uuid.uuid4())
    value = {key: data.get(key) for key in ("SecretString", "SecretBinary")}
    known = secret["Versions"].get(version_id)
    empty = known is None or not any(known.get(key) for key in value)
    if not empty and any(known.get(key) != value[key] for key in value):
        return refused("ResourceExistsException", f"version {version_id} already exists with another value")
    if empty:
        stages = known["Stages"] if known else []
        secret["Versions"][version_id] = {**value, "CreatedDate": int(time.time()), "Stages": stages}
        first = [] if secret["Versions"].keys() - {version_id} else [CURRENT]
        for label in (data.get("VersionStages") or [CURRENT]) + first:
            attach(secret, version_id, label)
        secret["LastChangedDate"] = int(time.time())
        emulated._sync_replicas(secret)
    stages = list(secret["Versions"][version_id]["Stages"])
    return json_response(
        {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": version_id, "VersionStages": stages}
    )


update_stage = emulated._update_secret_version_stage


def corrected_stage(data):
    """UpdateSecretVersionStage: AWSCURRENT can be moved, never removed."""
    if data.get("VersionStage") == CURRENT and not data.get("MoveToVersionId"):
        return refused(
            "InvalidParameterException",
            f"You can only move staging label {CURRENT} to a different secret version. It can't be completely removed.",
        )
    return update_stage(data)


get_secret_value = emulated._get_secret_value


def corrected_get(data):
    """GetSecretValue: a version that a rotation has begun and not filled has no value to tell."""
    answer = get_secret_value(data)
    if answer[0] == 200 and not {"SecretString", "SecretBinary"} & json.loads(answer[2]).keys():
        return refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret value.")
    return answer


def corrected_rotate(data):
    """RotateSecret: sets function and rules; a rotation that begins at once has an empty AWSPENDING version named by the token. Who
    calls the function is the test or the rehearsal, since the emulator does not."""
    secret = usable(data)
    if secret is None:
        return refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    for field in ("RotationLambdaARN", "RotationRules"):
        if data.get(field):
            secret[field] = data[field]
    if not secret.get("RotationLambdaARN"):
        return refused("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
    secret["RotationEnabled"] = True
    answer = {"ARN": secret["ARN"], "Name": secret["Name"]}
    if data.get("RotateImmediately", True):
        version_id = data.get("ClientRequestToken") or str(uuid.uuid4())
        secret["Versions"].setdefault(
            version_id, {"SecretString": None, "SecretBinary": None, "CreatedDate": int(time.time()), "Stages": []}
        )
        attach(secret, version_id, PENDING)
        answer["VersionId"] = version_id
    return json_response(answer)


def cancel_rotate(data):
    """CancelRotateSecret, which the emulator lacks: turns the schedule off and leaves the labels alone."""
    _, secret = emulated._resolve(data.get("SecretId"))
    if secret is None:
        return refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    secret["RotationEnabled"] = False
    return json_response({"ARN": secret["ARN"], "Name": secret["Name"]})


def remove_regions(data):
    """RemoveRegionsFromReplication, which the emulator lacks: the replicas in those regions are gone."""
    _, secret = emulated._resolve(data.get("SecretId"))
    if secret is None:
        return refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    leaving = set(data.get("RemoveReplicaRegions", []))
    going = [status for status in secret["ReplicationStatus"] if status["Region"] in leaving]
    staying = [status for status in secret["ReplicationStatus"] if status["Region"] not in leaving]
    secret["ReplicationStatus"] = going
    emulated._delete_replicas(secret)
    secret["ReplicationStatus"] = staying
    return json_response({"ARN": secret["ARN"], "ReplicationStatus": staying})


ADDED = {"CancelRotateSecret": cancel_rotate, "RemoveRegionsFromReplication": remove_regions}
KEY_USES = {"GetSecretValue": "kms:Decrypt", "PutSecretValue": "kms:GenerateDataKey"}
handle = emulated.handle_request


async def handle_request(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").split(".")[-1]
    data = json.loads(body) if body else {}
    if action in ADDED:
        return ADDED[action](data)
    return key_refusal(action, data, headers, query_params) or await handle(method, path, headers, body, query_params)


def key_refusal(action, data, headers, query_params):
    """A customer-managed key: whoever reads or writes the value must be allowed to use the key through Secrets Manager."""
    _, secret = emulated._resolve(data.get("SecretId"))
    key = secret.get("KmsKeyId") if secret else None
    if os.environ.get("AUTH") != "true" or action not in KEY_USES or not key:
        return None
    region = extract_region(headers, query_params)
    via = {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}
    denied = enforce(
        extract_access_key_id(headers, query_params), KEY_USES[action], "kms", region, resource_arn=key, service_context=via
    )
    if denied is None:
        return None
    reason = denied.message if isinstance(denied, AuthError) else "Access to KMS is not allowed"
    return refused("AccessDeniedException", reason)


emulated._create_secret = corrected_create
emulated._put_secret_value = corrected_put
emulated._update_secret_version_stage = corrected_stage
emulated._get_secret_value = corrected_get
emulated._rotate_secret = corrected_rotate
emulated.handle_request = handle_request

if __name__ == "__main__":
    from ministack.app import main

    main()
