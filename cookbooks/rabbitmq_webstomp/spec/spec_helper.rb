# frozen_string_literal: true

require 'chefspec'
require 'fileutils'
require 'json'
require 'tmpdir'

COOKBOOK = File.expand_path('..', __dir__)
Dir[File.join(COOKBOOK, 'libraries', '*.rb')].sort.each { |library| require library }
require_relative 'support/tools'

# ChefSpec puts the resources of an action into the recipe's list, to run when the action is over. On a node they run where
# they stand, since the resources are in unified mode; so they do here.
Chef::Provider.prepend(Module.new do
  def compile_and_converge_action(&block)
    list = run_context.resource_collection
    before = list.unified_mode
    list.unified_mode = new_resource.class.unified_mode
    instance_eval(&block)
  ensure
    list.unified_mode = before
  end
end)

# A converge on a machine whose broker is Tools, and whose files are in a folder of their own.
module Converge
  COOKIE = 'c0ffee' * 8

  def self.included(group)
    group.before do
      @sandbox = Dir.mktmpdir
      { CONFIGURATION: 'rabbitmq.conf', ADVANCED: 'advanced.config', ENVIRONMENT: 'rabbitmq-env.conf', PLUGINS: 'enabled_plugins',
        INTER_NODE_TLS: 'inter_node_tls.config', GUARD: 'guard', COOKIE: '.erlang.cookie', DATA: 'mnesia' }.each do |name, file|
        stub_const("RabbitmqWebstomp::Machine::#{name}", File.join(@sandbox, file))
      end
      stub_const('RabbitmqWebstomp::ViewerActions::FOLDER', File.join(@sandbox, 'conf.d'))
      stub_const('RabbitmqWebstomp::AuditActions::ETC', File.join(@sandbox, 'audit'))
      allow(RabbitmqWebstomp::Cli).to receive(:execute) { |command, **options| tools.execute(command, **options) }
      allow(RabbitmqWebstomp::Machine).to receive(:installed_version) { tools.version }
    end
    group.after { FileUtils.rm_rf(@sandbox) }
    group.let(:tools) { Tools.new }
  end

  # @param recipe the resources, which are stepped into
  def converge(&recipe)
    resources = Dir[File.join(COOKBOOK, 'resources', '*.rb')].map { |file| "rabbitmq_webstomp_#{File.basename(file, '.rb')}" }
    ChefSpec::SoloRunner.new(platform: 'debian', version: '12', step_into: resources, file_cache_path: path).tap(&:preload!).converge_block(&recipe)
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
  config.include Converge, :converge
end
