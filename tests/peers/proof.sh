# What proves the template and asks for a second opinion; `run` reads it. It needs the names that are set there.

second_url=""     # the other emulator of AWS
second_pid=""
elsewhere=$work/elsewhere.json
# A service of the journeys each, of which there are fewer: one that finds no account left fails and says so.
second_accounts=64

# Usage: install_apart NAME PACKAGE: installs requirements-NAME.txt into an environment of its own.
install_apart() {
    is_installed $peers/requirements-"$1".txt $work/venv-"$1" && return
    say "installing $2 into $work/venv-$1"
    python3 -m venv --clear $work/venv-"$1" &&
        $work/venv-"$1"/bin/pip install --quiet --disable-pip-version-check -r $peers/requirements-"$1".txt &&
        cp $peers/requirements-"$1".txt $work/venv-"$1"/installed
}

install_sam() { install_apart sam "SAM's command line"; }
install_checkov() { install_apart checkov checkov; }

# Plain `sam validate` looks at nothing; with --lint it asks cfn-lint about the transformed template.
sam_validate() {
    install_sam || { say "SAM could not be installed"; return 1; }
    SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 $work/venv-sam/bin/sam validate --lint
}

template_checkov() {
    install_checkov || { say "checkov could not be installed"; return 1; }
    python $peers/template/checkov.py $work/venv-checkov/bin/checkov
}

template_deploy() {
    install_sam || { say "SAM could not be installed"; return 1; }
    python $peers/template/deploy.py $work/venv-sam/bin/sam $work/deploy
}

# The deployments that cargo admin prints, read by SAM's own parser.
template_printed_deployments() {
    install_sam || { say "SAM could not be installed"; return 1; }
    # All programs, which later suites need too: one package alone would be built with other features, from nothing.
    cargo build --quiet --workspace --bins &&
        $work/venv-sam/bin/python $peers/template/printed_deployments.py target/debug/smart-admin
}

# ministack listens on loopback alone, and its other doors stay shut.
start_second() {
    local port
    port=$(free_port)
    second_url=http://127.0.0.1:$port
    say "starting ministack on port $port"
    touch $work/started
    BIND_HOST=127.0.0.1 IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 GATEWAY_PORT=$port start $work/logs/ministack.log ministack
    second_pid=$!
    wait_until 60 $second_pid answers "$second_url/health" || return
    python $peers/template/loader.py "$second_url" $second_accounts $elsewhere
}

stop_second() {
    [[ -n $second_pid ]] && stop "$second_pid"
    second_pid="" second_url=""
}

# Every journey and every contract of a store once more, on what the loader made; then what they called is held against
# the policies.
second_journeys() {
    rm -f $work/calls
    export JOURNEYS_CALLS=$PWD/$work/calls
    JOURNEYS_ELSEWHERE=$PWD/$elsewhere cargo test --quiet --workspace --test journeys &&
        one_ignored policies::of_all_journeys_together_each_permission_was_used_and_none_is_another_functions
}

# Our own stand-in for KMS, with a key of each kind, held against the other one.
second_kms() {
    cargo build --quiet --workspace --example kms &&
        python $peers/second/kms.py target/debug/examples/kms "$second_url"
}

# Every function as SAM builds it for x86_64. SAM hands the work to cargo-lambda one function after the other; what would
# fetch another target is never asked for.
sam_build() {
    install_sam || { say "SAM could not be installed"; return 1; }
    local function
    SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 nice \
        $work/venv-sam/bin/sam build --parameter-overrides Architecture=x86_64 >$work/logs/sam.log 2>&1 ||
        { tail -n 40 $work/logs/sam.log; return 1; }
    for function in Discovery Authorize Token BackendToken Registration; do
        [[ -x .aws-sam/build/${function}Function/bootstrap ]] || { say "sam build made no $function"; return 1; }
    done
}

# The debug builds that cargo lambda watch runs: each starts, answers, and nothing is said of time.
lambda_cold_start() {
    python $peers/lambda/cold_start.py target/debug infra/local/stand-ins.env 3
}

# The release builds, and the stand-ins alone, which are one of them: what waits for AWS is not to wait for a debug build.
start_release() {
    nice cargo lambda build --quiet --release --workspace --bins --output-format binary \
        --lambda-dir $work/release --skip-target-check || return
    touch $work/started
    start $work/logs/dev.log $work/release/local/bootstrap --stand-ins
    dev_pid=$!
    wait_until 60 $dev_pid is_fresh http://127.0.0.1:9103/fhir/Patient
}

release_cold_start() {
    nice cargo build --quiet --release --package aws --example bare || return
    python $peers/lambda/cold_start.py $work/release infra/local/stand-ins.env 40 \
        --gates target/release/examples/bare --table infra/cold-start.md
}

# A hundred thousand tokens take a while, most of it in the stand-ins.
release_memory() {
    python $peers/lambda/memory.py $work/release/backend-token/bootstrap infra/local/stand-ins.env $dev_json 100000
}

# Five builds of everything from nothing. Started least often, since a start is compared here and not held to a limit.
release_profiles() {
    python $peers/lambda/profiles.py infra/local/stand-ins.env 20 $work/profiles --table infra/release-profiles.md
}
