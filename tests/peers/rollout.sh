# Old and new functions on the same tables; `run` reads it. It needs the names that are set there.

old_commit=$(<$peers/rollout/old_commit)
old=target/rollout  # the old version: its source, and its functions in programs
old_functions=(discovery authorize token backend-token registration)
gateway_pid=""

# Usage: why_not_checked SUITE: succeeds with a reason if the suite cannot be run here.
why_not_checked() {
    [[ $1 == rollout/* ]] && ! git cat-file -e "$old_commit^{commit}" 2>/dev/null &&
        say "commit $old_commit of the old functions is not in this clone, which may be shallow"
}

# Copies the dependencies that were built for the working tree. Cargo takes each that is the same in the old version and
# builds the others, so that half a minute is enough in place of four.
copy_dependencies() {
    mkdir -p $old/build/debug/deps
    [[ -d target/debug/deps ]] || return 0
    cp --archive target/debug/.fingerprint target/debug/build $old/build/debug/ &&
        find target/debug/deps -maxdepth 1 \( -name '*.rlib' -o -name '*.rmeta' -o -name '*.so' \) \
            -exec cp --archive --target-directory $old/build/debug/deps {} +
}

# The bench is not run. It needs proptest, so dependencies get the features that `cargo test --workspace` gives them.
compile_old() (
    export CARGO_TARGET_DIR=$PWD/$old/build CARGO_INCREMENTAL=0
    cd $old/source && cargo build --quiet --locked --workspace "${old_functions[@]/#/--bin=}" --bench scopes
)

# Built once per commit; what is no longer needed after that is removed.
build_old() {
    local since=$SECONDS
    [[ $(cat $old/commit 2>/dev/null) == "$old_commit" ]] && return
    say "building the functions of commit $old_commit"
    rm -rf $old && mkdir -p $old/source $old/programs &&
        git archive "$old_commit" | tar --extract --directory $old/source &&
        copy_dependencies && compile_old &&
        mv "${old_functions[@]/#/$old/build/debug/}" $old/programs && rm -r $old/build &&
        echo "$old_commit" >$old/commit && say "built in $((SECONDS - since)) s"
}

# The emulators and the new functions are those of the working tree, and one API is in front of both versions.
start_rollout() {
    cargo build --quiet --workspace --bins && build_old || return
    say "starting cargo dev --stand-ins and the functions of both versions"
    touch $work/started
    start $work/logs/dev.log cargo dev --stand-ins
    dev_pid=$!
    wait_until 60 $dev_pid is_fresh http://127.0.0.1:9103/fhir/Patient || return
    PYTHONPATH=$peers/lambda start $work/logs/gateway.log python $peers/rollout/gateway.py 9000 \
        $old/source $old/programs . target/debug
    gateway_pid=$!
    wait_until 120 $gateway_pid answers http://127.0.0.1:9000/.well-known/smart-configuration
}

stop_rollout() {
    [[ -n $gateway_pid ]] && stop "$gateway_pid"
    gateway_pid=""
}

walk_both_versions() {
    PYTHONPATH=$peers:$peers/lambda python $peers/rollout/walk.py $dev_json infra/local/stand-ins.env
}
