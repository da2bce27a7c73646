# frozen_string_literal: true

require_relative '../spec_helper'

describe 'hubble_adapter' do
  include Sandbox
  include Converging

  platform 'debian', '12'
  step_into :hubble_adapter

  it ':install puts the release in place beside the one that runs' do
    set_up
    run = adapter(:install, **complete(version: '1.1.0', config: nil, secrets: nil))
    expect(run).to install_package(array_including('python3-grpcio'))
    expect(File).to exist(path('opt/releases/1.1.0/bin/hubble-adapter'))
    expect(current).to eq('releases/1.0.0')
    expect(run).not_to start_service(/./)
    expect(run).not_to restart_service(/./)
    expect(run).not_to create_template(/./)
  end

  it ':install does nothing about a release that is there' do
    set_up
    expect_any_instance_of(HubbleAdapter::Release).not_to receive(:unpack)
    adapter(:install, **complete)
  end

  it ':restart restarts' do
    expect(adapter(:restart)).to restart_service('hubble-adapter')
  end

  it ':reload reloads' do
    expect(adapter(:reload)).to reload_service('hubble-adapter')
  end

  it ':remove leaves nothing' do
    set_up
    run = adapter(:remove)
    expect(run).to stop_service('hubble-adapter')
    expect(run).to disable_service('hubble-adapter')
    %w(opt etc var systemd/hubble-adapter.service.d).each { |folder| expect(run).to delete_directory(path(folder)).with(recursive: true) }
    expect(run).to delete_file(path('systemd/hubble-adapter.service'))
    expect(run.file(path('systemd/hubble-adapter.service'))).to notify('execute[systemctl daemon-reload]').to(:run).immediately
    expect(run).to remove_user('hubble-adapter')
    expect(run).to remove_group('hubble-adapter')
  end
end
