// Serves Terraform's tls provider, as its authors wrote it, through Pulumi's bridge: what the official tls
// plugin is made of. Specs put it in the place of rehearsal/providers/tls.
//
// The provider exports nothing. Go lets a package import an internal one when their import paths share
// the prefix above `internal`, so this module bears a path beneath the provider's.
package main

import (
	"context"

	"github.com/hashicorp/terraform-provider-tls/internal/provider"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	bridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// The version of @pulumi/tls that package.json pins; the engine asks for it by number.
const version = "5.6.1"

func main() {
	info := bridge.ProviderInfo{
		P:            tfbridge.ShimProvider(provider.New()),
		Name:         "tls",
		Version:      version,
		MetadataInfo: bridge.NewProviderMetadata([]byte("{}")),
		Resources: map[string]*bridge.ResourceInfo{
			"tls_cert_request":        {Tok: token("certRequest", "CertRequest")},
			"tls_locally_signed_cert": {Tok: token("locallySignedCert", "LocallySignedCert")},
			"tls_private_key":         {Tok: token("privateKey", "PrivateKey")},
			"tls_self_signed_cert":    {Tok: token("selfSignedCert", "SelfSignedCert")},
		},
		DataSources: map[string]*bridge.DataSourceInfo{
			"tls_certificate": {Tok: "tls:index/getCertificate:getCertificate"},
			"tls_public_key":  {Tok: "tls:index/getPublicKey:getPublicKey"},
		},
		EnableZeroDefaultSchemaVersion: true,
	}
	schema := []byte(`{"name":"tls","version":"` + version + `"}`)
	tfbridge.Main(context.Background(), info.Name, info, tfbridge.ProviderMetadata{PackageSchema: schema})
}

func token(file, name string) tokens.Type {
	return tokens.Type("tls:index/" + file + ":" + name)
}
