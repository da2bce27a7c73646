# frozen_string_literal: true

settings = node['hubble_adapter']
store = HubbleAdapter::Secrets.new(node, settings['secrets_path'])

hubble_adapter 'adapter' do
  version settings['version']
  source settings['source']
  sha256 settings['sha256']
  keep_releases settings['keep_releases']
  dependencies settings['dependencies']
  config settings['config'].to_h
  # Lazy: another recipe of the same run may write them first.
  secrets(lazy { settings['secrets'].to_h.transform_values { |name| store.fetch(name) } })
  credentials settings['credentials']
  environment settings['environment'].to_h
  service_directives settings['service_directives'].to_h
end
