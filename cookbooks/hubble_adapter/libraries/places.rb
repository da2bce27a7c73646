# frozen_string_literal: true

module HubbleAdapter
  # Where everything is. The unit that comes with a release names the same places.
  module Places
    SERVICE = 'hubble-adapter'
    USER = 'hubble-adapter'
    ROOT = '/opt/hubble-adapter'
    ETC = '/etc/hubble-adapter'
    STATE = '/var/lib/hubble-adapter'
    SYSTEMD = '/etc/systemd/system'

    def self.config
      File.join(ETC, 'config.yaml')
    end

    def self.secret(name)
      File.join(ETC, name)
    end

    def self.unit
      File.join(SYSTEMD, "#{SERVICE}.service")
    end

    def self.drop_in
      File.join(SYSTEMD, "#{SERVICE}.service.d", 'site.conf')
    end
  end
end
