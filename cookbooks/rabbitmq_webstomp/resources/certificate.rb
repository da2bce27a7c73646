# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_certificate
resource_name :rabbitmq_webstomp_certificate

description 'A certificate with its key, checked before it replaces the old one; broker and nginx take it without a restart'

property :certificate_name, String, name_property: true, regex: /\A[A-Za-z0-9][A-Za-z0-9_.-]*\z/, description: 'Name of its files'
property :certificate, String, required: true, description: 'The certificate and its chain, as PEM'
property :key, String, required: true, sensitive: true, description: 'Its key, as PEM without a passphrase'
property :ca, String, description: 'The certificates that others are trusted by, as PEM'
property :path, String, default: '/etc/rabbitmq/tls', regex: %r{\A/[A-Za-z0-9._/-]+\z}, description: 'Folder of its files: NAME.crt, NAME.key, NAME.ca.crt'
property :names, Array, default: [], coerce: proc { |value| Array(value).map(&:to_s) }, description: 'Host names that it must be valid for'

action_class do
  include RabbitmqWebstomp::CertificateActions
end

action :create, description: 'Write its files, and have the running broker and nginx take them' do
  check_certificate
  # The package makes the group too, but the files may come first.
  group('rabbitmq') { system true }
  directory new_resource.path do
    owner 'root'
    group 'rabbitmq'
    mode '0750'
    recursive true
  end
  write_files
end

action :delete, description: 'Delete its files' do
  paths.each_value do |path|
    file(path) { action :delete }
  end
end
