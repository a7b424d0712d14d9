# What proves the template and asks for a second opinion; `run` reads it. It needs the names that are set there.

second_url=""     # the other emulator of AWS
second_pid=""
elsewhere=$work/elsewhere.json
# A service of the journeys each, of which there are fewer.
second_accounts=40

install_sam() {
    is_installed $peers/requirements-sam.txt $work/venv-sam && return
    say "installing SAM's command line into $work/venv-sam"
    python3 -m venv --clear $work/venv-sam &&
        $work/venv-sam/bin/pip install --quiet --disable-pip-version-check -r $peers/requirements-sam.txt &&
        cp $peers/requirements-sam.txt $work/venv-sam/installed
}

# Plain `sam validate` looks at nothing; with --lint it asks cfn-lint about the transformed template.
sam_validate() {
    install_sam || { say "SAM could not be installed"; return 1; }
    SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 $work/venv-sam/bin/sam validate --lint
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

# Every journey and every contract of a store once more, on what the loader made.
second_journeys() { JOURNEYS_ELSEWHERE=$PWD/$elsewhere cargo test --quiet --package journeys; }

# Our own stand-in for KMS, with a key of each kind, held against the other one.
second_kms() {
    cargo build --quiet --package local --example kms &&
        python $peers/second/kms.py target/debug/examples/kms "$second_url"
}
