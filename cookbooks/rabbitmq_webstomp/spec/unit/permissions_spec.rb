# frozen_string_literal: true

require 'spec_helper'

describe 'rabbitmq_webstomp_permissions', :converge do
  before { tools.add('users', name: 'adapter', password_hash: '', tags: [], limits: {}) }

  def rights
    converge do
      rabbitmq_webstomp_permissions 'adapter' do
        configure '^hubble_flows$'
        write '^hubble_flows$'
        topics 'hubble_flows' => { write: '.*' }
      end
    end
  end

  it 'gives exactly what is asked, and nothing by default' do
    rights
    expect(tools.row('permissions', user: 'adapter')).to include('configure' => '^hubble_flows$', 'write' => '^hubble_flows$', 'read' => '^$')
    expect(tools.row('topic_permissions', user: 'adapter')).to include('exchange' => 'hubble_flows', 'write' => '.*', 'read' => '^$')
  end

  it 'limits the topics before it gives the permissions' do
    rights
    expect(tools.imports.flatten).to eq %w(topic_permissions permissions)
  end

  it 'changes nothing the second time' do
    rights
    before = tools.changes.length
    rights
    expect(tools.changes.length).to eq before
  end

  it 'takes a topic right away that is not asked for any more' do
    rights
    tools.add('topic_permissions', user: 'adapter', vhost: 'hubble', exchange: 'other', write: '.*', read: '.*')
    rights
    expect(tools.state['topic_permissions'].map { |row| row['exchange'] }).to eq %w(hubble_flows)
  end

  it 'clears all of them' do
    rights
    converge { rabbitmq_webstomp_permissions('adapter') { action :clear } }
    expect(tools.state.values_at('permissions', 'topic_permissions')).to eq [[], []]
  end

  it 'refuses patterns that mean more than they seem to, all at once' do
    expect do
      converge do
        rabbitmq_webstomp_permissions 'adapter' do
          read 'hubble_flows'
          write '^a$|b$'
          configure '^('
        end
      end
    end.to raise_error(/configure "\^\(" is no regular expression.*write "\^a\$\|b\$": \^ binds only the first.*read "hubble_flows" is not anchored/m)
    expect(tools.changes).to be_empty
  end

  it 'refuses rights of nobody' do
    expect { converge { rabbitmq_webstomp_permissions 'nobody' } }.to raise_error(/there is no user nobody/)
  end
end
