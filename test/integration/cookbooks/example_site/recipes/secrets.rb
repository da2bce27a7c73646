# frozen_string_literal: true

# Here a site would ask Vault, a data bag, or whatever it trusts: secret(name: 'adapter', service: :hashi_vault, …)
files = Dir[File.join(node['example_site']['secrets_path'], '*')].to_h { |file| [File.basename(file), File.read(file)] }
node.run_state['hubblecast_secrets'] = files.merge(node['example_site']['secrets'].to_h)
