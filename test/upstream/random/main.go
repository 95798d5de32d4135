// Serves Terraform's random provider, as its authors wrote it, through Pulumi's bridge: what the official
// random plugin is made of. Specs put it in the place of rehearsal/providers/random.
//
// The provider exports nothing. Go lets a package import an internal one when their import paths share
// the prefix above `internal`, so this module bears a path beneath the provider's.
package main

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	bridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// The version of @pulumi/random that package.json pins; the engine asks for it by number.
const version = "4.21.2"

func main() {
	info := bridge.ProviderInfo{
		P:            tfbridge.ShimProvider(provider.New()),
		Name:         "random",
		Version:      version,
		MetadataInfo: bridge.NewProviderMetadata([]byte("{}")),
		Resources: map[string]*bridge.ResourceInfo{
			"random_bytes":    {Tok: token("Bytes"), ComputeID: idOfBytes},
			"random_id":       {Tok: token("Id")},
			"random_integer":  {Tok: token("Integer")},
			"random_password": {Tok: token("Password")},
			"random_pet":      {Tok: token("Pet")},
			"random_shuffle":  {Tok: token("Shuffle")},
			"random_string":   {Tok: token("String")},
			"random_uuid":     {Tok: token("Uuid")},
		},
	}
	schema := []byte(`{"name":"random","version":"` + version + `"}`)
	tfbridge.Main(context.Background(), info.Name, info, tfbridge.ProviderMetadata{PackageSchema: schema})
}

func token(name string) tokens.Type {
	return tokens.Type("random:index/random" + name + ":Random" + name)
}

// Terraform's resource has no id; the official plugin takes the value in base64 for it.
func idOfBytes(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	value := state["base64"]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return "", errors.New("the bytes came without base64")
	}
	return resource.ID(value.StringValue()), nil
}
