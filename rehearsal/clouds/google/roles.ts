/** What the predefined roles that the stacks use grant, as far as the fake's services ask; a pattern may end in `*`. */

const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  "roles/owner": ["*"],
  "roles/secretmanager.admin": ["secretmanager.*"],
  "roles/secretmanager.secretAccessor": ["secretmanager.versions.access"],
  "roles/secretmanager.secretVersionAdder": ["secretmanager.versions.add"],
  "roles/secretmanager.secretVersionManager": [
    "secretmanager.versions.add",
    "secretmanager.versions.disable",
    "secretmanager.versions.enable",
    "secretmanager.versions.destroy",
    "secretmanager.versions.get",
    "secretmanager.versions.list",
  ],
  "roles/secretmanager.viewer": [
    "secretmanager.secrets.get",
    "secretmanager.secrets.list",
    "secretmanager.getIamPolicy",
    "secretmanager.versions.get",
    "secretmanager.versions.list",
  ],
  "roles/cloudsql.admin": ["cloudsql.*"],
  "roles/cloudsql.viewer": ["cloudsql.instances.get", "cloudsql.users.list", "cloudsql.users.get"],
  "roles/run.admin": ["run.*"],
  "roles/run.invoker": ["run.routes.invoke", "run.jobs.run"],
  "roles/run.viewer": [
    "run.services.get",
    "run.services.list",
    "run.jobs.get",
    "run.operations.get",
  ],
  "roles/iam.serviceAccountKeyAdmin": ["iam.serviceAccountKeys.*"],
  "roles/iam.serviceAccountUser": ["iam.serviceAccounts.actAs"],
  "roles/iam.serviceAccountViewer": ["iam.serviceAccounts.get", "iam.serviceAccounts.list"],
  "roles/logging.privateLogViewer": ["logging.privateLogEntries.list"],
};

/** True when the role grants the permission; a role that the fake does not know grants nothing. */
export function grants(role: string, permission: string): boolean {
  return (PERMISSIONS[role] ?? []).some((pattern) =>
    pattern.endsWith("*") ? permission.startsWith(pattern.slice(0, -1)) : pattern === permission,
  );
}
