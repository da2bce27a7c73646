# frozen_string_literal: true

require 'spec_helper'

describe 'rabbitmq_webstomp_vhost', :converge do
  it 'creates one with its limits' do
    converge { rabbitmq_webstomp_vhost('hubble') { limits 'max-queues' => 2000 } }
    expect(tools.row('vhosts', name: 'hubble')).not_to be_nil
    expect(tools.row('parameters', component: 'vhost-limits', vhost: 'hubble')['value']).to eq('max-queues' => 2000)
  end

  it 'changes nothing the second time' do
    2.times { converge { rabbitmq_webstomp_vhost('hubble') { limits 'max-queues' => 2000 } } }
    expect(tools.changes.length).to eq 1
  end

  it 'changes a limit, and takes all of them away' do
    converge { rabbitmq_webstomp_vhost('hubble') { limits 'max-queues' => 2000 } }
    converge { rabbitmq_webstomp_vhost('hubble') { limits 'max-queues' => 3000 } }
    expect(tools.row('parameters', vhost: 'hubble')['value']).to eq('max-queues' => 3000)
    converge { rabbitmq_webstomp_vhost 'hubble' }
    expect(tools.state['parameters']).to be_empty
  end

  it 'deletes one only when told that its data go too' do
    tools.add('vhosts', name: 'hubble')
    expect { converge { rabbitmq_webstomp_vhost('hubble') { action :delete } } }.to raise_error(/set with_data/)
    expect(tools.changes).to be_empty
    converge do
      rabbitmq_webstomp_vhost 'hubble' do
        with_data true
        action :delete
      end
    end
    expect(tools.state['vhosts']).to be_empty
  end

  it 'refuses limits that the broker does not have' do
    expect { converge { rabbitmq_webstomp_vhost('hubble') { limits 'max-channels' => 1 } } }
      .to raise_error(Chef::Exceptions::ValidationFailed, /max-connections and max-queues/)
  end
end
