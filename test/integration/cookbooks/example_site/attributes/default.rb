# frozen_string_literal: true

# Where the kitchen mounts releases and secrets; a site has its own places.
default['example_site']['releases'] = '/srv/dist'
default['example_site']['secrets_path'] = '/srv/secrets'
# Secrets by name, in place of those in the folder: how the tests rotate one.
default['example_site']['secrets'] = {}

default['example_site']['relay'] = 'hubble-relay:4245'
