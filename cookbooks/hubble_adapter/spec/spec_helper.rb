# frozen_string_literal: true

require 'chefspec'
require 'fileutils'
require 'tmpdir'

COOKBOOK = File.expand_path('..', __dir__)
Dir[File.join(COOKBOOK, 'libraries', '*.rb')].sort.each { |library| require library }

# The machine that a converge finds: folders of their own in place of /opt, /etc and /var.
module Sandbox
  SHA256 = 'a' * 64
  OTHER_SHA256 = 'b' * 64
  CONFIG = {
    'hubble' => { 'address' => 'relay.example.org:4245' },
    'rabbitmq' => { 'url' => 'amqp://adapter@broker.example.org/hubble', 'password_file' => '/etc/hubble-adapter/rabbitmq.password' },
  }.freeze

  def self.included(group)
    group.before do
      @sandbox = Dir.mktmpdir
      { ROOT: 'opt', ETC: 'etc', STATE: 'var', SYSTEMD: 'systemd' }.each do |name, folder|
        stub_const("HubbleAdapter::Places::#{name}", File.join(@sandbox, folder))
        FileUtils.mkdir_p(File.join(@sandbox, folder))
      end
      FileUtils.mkdir_p(File.join(@sandbox, 'opt', 'releases'))
      allow_any_instance_of(HubbleAdapter::Release).to receive(:unpack) { |release| add_release(release.version, release.sha256) }
      allow_any_instance_of(HubbleAdapter::Configuration).to receive(:problems) { problems }
    end
    group.after { FileUtils.rm_rf(@sandbox) }
    # What `hubble-adapter check` says.
    group.let(:problems) { [] }
  end

  def add_release(version, sha256 = SHA256, unit: "unit of #{version}\n")
    folder = File.join(@sandbox, 'opt', 'releases', version)
    %w(bin systemd).each { |name| FileUtils.mkdir_p(File.join(folder, name)) }
    File.write(File.join(folder, 'bin/hubble-adapter'), '')
    File.write(File.join(folder, 'systemd/hubble-adapter.service'), unit)
    File.write(File.join(folder, '.sha256'), sha256)
  end

  # A machine on which an earlier run has set all of this up.
  def set_up(version: '1.0.0', config: CONFIG, secrets: { 'rabbitmq.password' => 'old' }, drop_in: nil)
    add_release(version)
    FileUtils.ln_s("releases/#{version}", File.join(@sandbox, 'opt', 'current'))
    File.write(HubbleAdapter::Places.config, "# Managed by Chef\n#{HubbleAdapter::Configuration.new(config).text}")
    File.write(HubbleAdapter::Places.unit, "unit of #{version}\n")
    if drop_in
      FileUtils.mkdir_p(File.dirname(HubbleAdapter::Places.drop_in))
      File.write(HubbleAdapter::Places.drop_in, drop_in)
    end
    secrets.each { |name, content| File.write(HubbleAdapter::Places.secret(name), content) }
  end

  def current
    link = File.join(@sandbox, 'opt', 'current')
    File.symlink?(link) ? File.readlink(link) : nil
  end

  def path(*parts)
    File.join(@sandbox, *parts)
  end
end

# Many specs want an error, and RSpec tells of those that nobody wanted.
ChefSpec::ChefFormatter.prepend(Module.new { def resource_failed(*); end })

RSpec.configure do |config|
  config.cookbook_path = File.dirname(COOKBOOK)
  config.log_level = :fatal
  config.raise_errors_for_deprecations!
end

# Converges one `hubble_adapter` resource with properties given in the example.
module Converging
  # @return [ChefSpec::SoloRunner]
  def adapter(action = :create, **properties)
    chef_runner.converge_block do
      hubble_adapter 'adapter' do
        properties.each { |name, value| public_send(name, value) }
        action action
      end
    end
  end

  # Everything that :create needs, with changes.
  def complete(**changes)
    { version: '1.0.0', sha256: Sandbox::SHA256, source: '/srv/hubble-adapter-1.0.0.tar.gz', config: Sandbox::CONFIG,
      secrets: { 'rabbitmq.password' => 'old' } }.merge(changes).compact
  end
end
