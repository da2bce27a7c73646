# frozen_string_literal: true

# The release: made by `make dist`, with its checksum beside it.
default['hubble_adapter']['version'] = nil
default['hubble_adapter']['source'] = nil
default['hubble_adapter']['sha256'] = nil
default['hubble_adapter']['keep_releases'] = 3
default['hubble_adapter']['dependencies'] = 'debian'

# The adapter's own settings: hubble-adapter.example.yaml in the release tells all of them.
default['hubble_adapter']['config'] = {}
# Files below /etc/hubble-adapter, and the name of the secret that is in each: looked for in
# node.run_state['hubblecast_secrets'], then as a file in secrets_path.
default['hubble_adapter']['secrets'] = { 'rabbitmq.password' => 'adapter.password' }
default['hubble_adapter']['secrets_path'] = '/etc/hubblecast/secrets'
default['hubble_adapter']['credentials'] = false
default['hubble_adapter']['environment'] = {}
default['hubble_adapter']['service_directives'] = {}
