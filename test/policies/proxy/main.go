// A language host for Node.js that can do one thing: start a policy pack, as Pulumi's own does it, with the proxy of Pulumi's SDK between
// engine and pack. It is a fake of that host in all but the proxy, which is the real one.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// What Node is asked for the script that starts a pack, from the pack's own folder.
const resolveStart = `process.stdout.write(require.resolve("@pulumi/pulumi/cmd/run-policy-pack", { paths: [process.cwd()] }))`

type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
}

func (host) Handshake(
	context.Context, *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: "3.256.0"}, nil
}

// RunPlugin answers once the pack's process has ended.
func (host) RunPlugin(
	request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	if request.Kind != "analyzer" {
		return fmt.Errorf("only policy packs are run here, not a plugin of kind %q", request.Kind)
	}
	ctx := stream.Context()
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(stream, false)
	if err != nil {
		return err
	}
	defer closer.Close()
	proxy, out, err := sdk.NewPolicyProxy(ctx, stdout)
	if err != nil {
		return err
	}
	asked, err := proxy.AwaitConfiguration(ctx)
	if err != nil {
		return err
	}
	folder := request.Info.ProgramDirectory
	start, err := startScript(ctx, folder)
	if err != nil {
		return err
	}
	pack := exec.CommandContext(ctx, "node", append(append([]string{start}, request.Args...), folder)...)
	pack.Dir, pack.Stdout, pack.Stderr = folder, out, stderr
	if pack.Env, err = withStack(request.Env, asked); err != nil {
		return err
	}
	if err := pack.Start(); err != nil {
		return err
	}
	if err := proxy.Attach(ctx, pack); err != nil {
		return err
	}
	return closer.Close()
}

func startScript(ctx context.Context, folder string) (string, error) {
	node := exec.CommandContext(ctx, "node", "-e", resolveStart)
	node.Dir = folder
	found, err := node.Output()
	return strings.TrimSpace(string(found)), err
}

// What packs that are older than the call ConfigureStack read of the stack.
func withStack(env []string, asked *pulumirpc.AnalyzerStackConfigureRequest) ([]string, error) {
	if asked == nil {
		return env, nil
	}
	settings, err := json.Marshal(asked.Config)
	return append(env,
		"PULUMI_NODEJS_ORGANIZATION="+asked.Organization,
		"PULUMI_NODEJS_PROJECT="+asked.Project,
		"PULUMI_NODEJS_STACK="+asked.Stack,
		"PULUMI_NODEJS_DRY_RUN="+strconv.FormatBool(asked.DryRun),
		"PULUMI_CONFIG="+string(settings),
	), err
}

func serve() error {
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, host{})
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	if err := <-handle.Done; err != nil {
		return errors.Join(errors.New("the server ended"), err)
	}
	return nil
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
