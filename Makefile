# Short names for the commands of CONTRIBUTING.md.
.PHONY: check test bench golden lexicons

check:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --all-targets --no-default-features -- -D warnings
	cargo test
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps

test:
	cargo test

bench:
	cargo bench

golden:
	INSTA_UPDATE=always cargo test --test golden

# SOURCES: the folder with the source vocabularies (data/README.md).
lexicons:
	cargo run --release -- lexicon build --sources $(SOURCES)
