// The AWS provider of Terraform behind Pulumi's bridge, as the plugin that the rehearsal's engine starts in place of our own server.
//
// The official plugin, pulumi-resource-aws, is made of the same two parts: this provider with some patches of Pulumi's, and this bridge.
// What is lacking here: those patches, its descriptions (the schema that programs are generated from) and all services but those that
// rekey's programs use. The names below are those of @pulumi/aws; where they follow from Terraform's by the bridge's own rules they are not given.
package main

import (
	"context"
	"encoding/json"
	"log"

	"github.com/hashicorp/terraform-provider-aws/xpprovider"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	sdk "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const version = "7.48.0"

type fields = map[string]*tfbridge.SchemaInfo

func kind(token string, own ...fields) *tfbridge.ResourceInfo {
	info := &tfbridge.ResourceInfo{Tok: tokens.Type("aws:" + token)}
	if len(own) > 0 {
		info.Fields = own[0]
	}
	return info
}

func document(name string) fields {
	return fields{name: {Transform: tfbridge.TransformJSONDocument}}
}

func main() {
	ctx := context.Background()
	framework, classic, err := xpprovider.GetProvider(ctx)
	if err != nil {
		log.Fatal(err)
	}
	info := tfbridge.ProviderInfo{
		P:              pf.MuxShimWithPF(ctx, sdk.NewProvider(classic), framework),
		Name:           "aws",
		Version:        version,
		ResourcePrefix: "aws",
		Resources: map[string]*tfbridge.ResourceInfo{
			"aws_ecs_task_definition":            kind("ecs/taskDefinition:TaskDefinition"),
			"aws_iam_policy":                     kind("iam/policy:Policy", document("policy")),
			"aws_iam_role":                       kind("iam/role:Role", document("assume_role_policy")),
			"aws_iam_role_policy":                kind("iam/rolePolicy:RolePolicy", document("policy")),
			"aws_iam_role_policy_attachment":     kind("iam/rolePolicyAttachment:RolePolicyAttachment"),
			"aws_kms_key":                        kind("kms/key:Key", document("policy")),
			"aws_lambda_permission":              kind("lambda/permission:Permission", fields{"function_name": {Name: "function"}}),
			"aws_secretsmanager_secret":          kind("secretsmanager/secret:Secret", document("policy")),
			"aws_secretsmanager_secret_policy":   kind("secretsmanager/secretPolicy:SecretPolicy", document("policy")),
			"aws_secretsmanager_secret_rotation": kind("secretsmanager/secretRotation:SecretRotation"),
			"aws_secretsmanager_secret_version":  kind("secretsmanager/secretVersion:SecretVersion"),
			"aws_lambda_function": kind("lambda/function:Function", fields{
				"function_name": {Name: "name"},
				"filename": {Name: "code", Asset: &tfbridge.AssetTranslation{
					Kind: tfbridge.FileArchive, Format: resource.ZIPArchive, HashField: "source_code_hash",
				}},
			}),
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"aws_secretsmanager_secret_versions": {Tok: "aws:secretsmanager/getSecretVersions:getSecretVersions"},
		},
	}
	info.MetadataInfo = tfbridge.NewProviderMetadata(dispatch(info))
	pf.MainWithMuxer(ctx, "aws", info, []byte(`{"name":"aws","version":"`+version+`"}`))
}

// Which of the two providers has what: the resources are all in the classic one, the function is in the newer one.
func dispatch(info tfbridge.ProviderInfo) []byte {
	resources, functions := map[string]int{}, map[string]int{}
	for _, one := range info.Resources {
		resources[string(one.Tok)] = 0
	}
	for _, one := range info.DataSources {
		functions[string(one.Tok)] = 1
	}
	table, err := json.Marshal(map[string]any{"mux": map[string]any{"resources": resources, "functions": functions}})
	if err != nil {
		log.Fatal(err)
	}
	return table
}
